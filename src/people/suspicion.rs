//! A normalised address in, what is doubtful about it out. Nothing here is ever corrected.

use crate::model::FindingCode;

/// Domains of many people that are long enough for one wrong letter to be a slip.
const WELL_KNOWN: [&str; 14] = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "googlemail.com",
    "protonmail.com",
    "comcast.net",
    "verizon.net",
    "hotmail.co.uk",
    "yahoo.co.uk",
    "hotmail.fr",
    "btinternet.com",
    "bellsouth.net",
];

/// What is doubtful about a normalised address: at most one finding about its domain, and one about
/// the part before the `@`. The list of throw-away domains is short and contains only well-known ones.
pub fn suspicions(email: &str) -> impl Iterator<Item = FindingCode> + use<> {
    // Not `split_once`: it compares with a `@` that it has only just stored, and so waits, member by member,
    // until everything stored before has reached memory.
    let (local, domain) = memchr::memchr(b'@', email.as_bytes())
        .and_then(|at| Some((email.get(..at)?, email.get(at + 1..)?)))
        .unwrap_or((email, ""));
    [
        of_domain(domain),
        is_role(local).then_some(FindingCode::RoleAddress),
    ]
    .into_iter()
    .flatten()
}

/// The address behind an alias: without `+tag`, and for Gmail without dots and with one
/// name of the domain. `None` if the address is not an alias.
pub fn alias_base(email: &str) -> Option<String> {
    let perhaps_gmail = email.ends_with("gmail.com") || email.ends_with("googlemail.com");
    if !perhaps_gmail && !email.as_bytes().contains(&b'+') {
        return None;
    }
    let (local, domain) = email.split_once('@')?;
    let bare = local.split_once('+').map_or(local, |(bare, _)| bare);
    if bare.is_empty() {
        return None;
    }
    let gmail = matches!(domain, "gmail.com" | "googlemail.com");
    let dotted = gmail && bare.contains('.');
    let renamed = domain == "googlemail.com";
    if bare.len() == local.len() && !dotted && !renamed {
        return None;
    }
    let (bare, domain) = if gmail {
        (bare.replace('.', ""), "gmail.com")
    } else {
        (bare.to_owned(), domain)
    };
    (!bare.is_empty()).then(|| format!("{bare}@{domain}"))
}

fn of_domain(domain: &str) -> Option<FindingCode> {
    match domain {
        "gmail.com" | "yahoo.com" | "hotmail.com" | "outlook.com" | "icloud.com" | "aol.com" | "live.com"
        | "msn.com" | "me.com" | "mac.com" | "googlemail.com" | "example.com" | "example.org" | "gmx.com"
        | "gmx.de" | "gmx.net" | "web.de" | "t-online.de" | "mail.com" | "email.com" | "ymail.com"
        | "proton.me" | "protonmail.com" | "comcast.net" | "verizon.net" | "hotmail.co.uk"
        | "yahoo.co.uk" | "hotmail.fr" | "yahoo.fr" | "btinternet.com" | "bellsouth.net" => None,
        "gamil.com" | "gmial.com" | "gmaill.com" | "gnail.com" | "gmali.com" | "gimail.com" | "gmail.cmo"
        | "gmail.ocm" | "hotmial.com" | "hotmal.com" | "hotnail.com" | "homtail.com" | "yaho.com"
        | "yhaoo.com" | "yahooo.com" | "outlok.com" | "outloook.com" | "icluod.com" | "iclould.com"
        | "icoud.com" | "aol.con" | "live.con" | "msn.con" | "aol.cm" | "gmal.co" | "gmail.coom"
        | "hotmail.cmo" | "yahoo.cmo" => Some(FindingCode::PossibleTypo),
        "mailinator.com" | "guerrillamail.com" | "guerrillamail.net" | "10minutemail.com"
        | "tempmail.com" | "temp-mail.org" | "yopmail.com" | "trashmail.com" | "sharklasers.com"
        | "getnada.com" | "maildrop.cc" | "throwawaymail.com" | "dispostable.com" | "mintemail.com"
        | "mohmal.com" | "fakeinbox.com" | "moakt.com" | "tempr.email" | "discard.email"
        | "mailnesia.com" => Some(FindingCode::DisposableAddress),
        "privaterelay.appleid.com"
        | "mozmail.com"
        | "duck.com"
        | "simplelogin.com"
        | "simplelogin.co"
        | "anonaddy.com"
        | "anonaddy.me"
        | "addy.io"
        | "aleeas.com"
        | "passmail.net" => Some(FindingCode::RelayAddress),
        _ => WELL_KNOWN
            .iter()
            .any(|known| one_slip_apart(domain.as_bytes(), known.as_bytes()))
            .then_some(FindingCode::PossibleTypo),
    }
}

fn is_role(local: &str) -> bool {
    matches!(
        local,
        "info"
            | "admin"
            | "administrator"
            | "support"
            | "sales"
            | "contact"
            | "office"
            | "hello"
            | "help"
            | "billing"
            | "accounts"
            | "webmaster"
            | "postmaster"
            | "hostmaster"
            | "abuse"
            | "marketing"
            | "team"
            | "enquiries"
            | "inquiries"
            | "service"
            | "noreply"
            | "no-reply"
            | "hr"
            | "jobs"
            | "mail"
            | "root"
    )
}

/// One letter more, less or other, or two neighbours changed round.
fn one_slip_apart(a: &[u8], b: &[u8]) -> bool {
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let before = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (
        a.get(before..).unwrap_or_default(),
        b.get(before..).unwrap_or_default(),
    );
    let after = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (
        a.get(..a.len() - after).unwrap_or_default(),
        b.get(..b.len() - after).unwrap_or_default(),
    );
    match (a, b) {
        ([], [_]) | ([_], [] | [_]) => true,
        ([a1, a2], [b1, b2]) => a1 == b2 && a2 == b1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(email: &str) -> Vec<FindingCode> {
        suspicions(email).collect()
    }

    #[test]
    fn a_misspelt_well_known_domain_is_reported() {
        for domain in [
            "gamil.com",
            "gmil.com",
            "gmail.con",
            "gmai.com",
            "gmail.co",
            "gmali.com",
            "gnail.com",
            "icluod.com",
            "iclud.com",
            "hotmil.com",
            "hotmail.con",
            "gmial.com",
            "yaho.com",
            "outlook.cm",
        ] {
            assert_eq!(
                all(&format!("ana@{domain}")),
                [FindingCode::PossibleTypo],
                "{domain}"
            );
        }
    }

    #[test]
    fn domains_that_only_resemble_a_well_known_one_are_not_typos() {
        for domain in [
            "gmail.com",
            "ymail.com",
            "mail.com",
            "email.com",
            "yahoo.ca",
            "hotmail.de",
            "gmx.com",
            "aol.com",
            "example.com",
            "studio.example",
            "love.com",
        ] {
            assert_eq!(all(&format!("ana@{domain}")), [], "{domain}");
        }
    }

    #[test]
    fn role_disposable_and_relay_addresses_are_reported() {
        assert_eq!(all("info@studio.example"), [FindingCode::RoleAddress]);
        assert_eq!(all("ana@mailinator.com"), [FindingCode::DisposableAddress]);
        assert_eq!(all("x1y2@privaterelay.appleid.com"), [FindingCode::RelayAddress]);
        assert_eq!(
            all("admin@gmail.con"),
            [FindingCode::PossibleTypo, FindingCode::RoleAddress]
        );
    }

    #[test]
    fn an_alias_has_a_base_address_and_a_plain_address_has_none() {
        assert_eq!(
            alias_base("ana+shop@example.com").as_deref(),
            Some("ana@example.com")
        );
        assert_eq!(alias_base("a.na@gmail.com").as_deref(), Some("ana@gmail.com"));
        assert_eq!(
            alias_base("a.na+x@googlemail.com").as_deref(),
            Some("ana@gmail.com")
        );
        assert_eq!(alias_base("ana@googlemail.com").as_deref(), Some("ana@gmail.com"));
        for email in [
            "ana@gmail.com",
            "a.na@example.com",
            "+x@example.com",
            ".+x@gmail.com",
            "ana",
        ] {
            assert_eq!(alias_base(email), None, "{email}");
        }
    }
}
