//! What the school sells, and what each title becomes: the generator's own copy of `lumen.toml`.

/// Offerings, a bit each.
pub(crate) const PHOTO: u8 = 1;
pub(crate) const LIGHT: u8 = 1 << 1;
pub(crate) const DARKROOM: u8 = 1 << 2;
pub(crate) const CLUB: u8 = 1 << 3;
pub(crate) const COMPLETE: u8 = 1 << 4;

/// Tags, a bit each.
pub(crate) const VIP: u8 = 1;
pub(crate) const AMBASSADOR: u8 = 1 << 1;
pub(crate) const ALUMNI: u8 = 1 << 2;
pub(crate) const PRESETS: u8 = 1 << 3;
pub(crate) const CAFE: u8 = 1 << 4;
pub(crate) const WORKSHOP: u8 = 1 << 5;

/// Keys of the offerings in the plan, in the order of the bits.
pub(crate) const OFFERINGS: [(&str, u8); 5] = [
    ("photo-101", PHOTO),
    ("light", LIGHT),
    ("darkroom", DARKROOM),
    ("club", CLUB),
    ("complete", COMPLETE),
];

/// What a grant of these offerings reaches: the bundle holds two others.
pub(crate) fn reached(grants: u8) -> u8 {
    if grants & COMPLETE == 0 {
        grants
    } else {
        grants | PHOTO | LIGHT
    }
}

/// What a product title grants and tags.
pub(crate) fn product(title: &str) -> (u8, u8) {
    match title {
        "Photography 101" => (PHOTO, 0),
        "Light, Shadow, Colour" => (LIGHT, 0),
        "Digital Darkroom" | "Lightroom Basics (2019)" => (DARKROOM, 0),
        "The Complete Photographer" => (COMPLETE, 0),
        "Studio Club Lifetime" => (CLUB, VIP),
        "Free Preset Pack" => (0, PRESETS),
        _ => (0, 0),
    }
}

/// What a tag of the old school becomes.
pub(crate) fn tag(title: &str) -> u8 {
    match title {
        "VIP" => VIP,
        "Ambassador" => AMBASSADOR,
        "Café Talks" => CAFE,
        _ if title.starts_with("alumni-") => ALUMNI,
        _ => 0,
    }
}

/// The header of the contacts export.
pub(crate) const PEOPLE: [&str; 11] = [
    "Name",
    "First Name",
    "Last Name",
    "Email",
    "Products",
    "Tags",
    "ID",
    "Member ID",
    "Phone Number (phone_number)",
    "City (address_city)",
    "Marketing (marketing)",
];

/// The header of the subscriptions export.
pub(crate) const SUBSCRIPTIONS: [&str; 17] = [
    "Kajabi Subscription ID",
    "Amount",
    "Currency",
    "Interval",
    "Status",
    "Created At",
    "Canceled On",
    "Trial Ends On",
    "Next Payment Date",
    "Customer ID",
    "Customer Name",
    "Customer Email",
    "Offer ID",
    "Offer Title",
    "Provider",
    "Provider ID",
    "Coupon Used",
];

/// The header of a course's progress export: a column a chapter, and one title holds a comma.
pub(crate) const PROGRESS: [&str; 14] = [
    "First Name",
    "Last Name",
    "Email",
    "Company",
    "Completed At",
    "Started At",
    "Activated At",
    "Expires At",
    "Last Sign In",
    "% Viewed",
    "% Completed",
    "Welcome",
    "Raw, JPEG and Other Files",
    "Printing at Home",
];
