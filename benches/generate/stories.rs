//! People who have a story of their own: what their rows must become, and what happens between the sets.

use crate::students::{File, Maker, Student};

/// How many people have none.
pub(crate) const STUDENTS: usize = 1_880;

/// People whose story starts in the first set.
pub(crate) fn first(maker: &mut Maker, students: &mut Vec<Student>) {
    odd_cells(maker, students);
    several_subscriptions(maker, students);
    for status in ["canceled", "expired", "paused"] {
        let mut student = maker.person();
        student.in_people = false;
        student.subscriptions = vec![maker.subscribe(status)];
        student.label(
            File::Subscriptions,
            "revoke-alone",
            "left-out:only-revoked",
            "a revoke never creates anybody",
        );
        students.push(student);
    }

    let mut student = maker.person();
    student.in_people = false;
    student.subscriptions = vec![maker.subscribe("active")];
    student.label(
        File::Subscriptions,
        "only-subscribed",
        "finding:name-split",
        "in no other file",
    );
    students.push(student);

    let mut student = maker.person();
    student.in_people = false;
    student.workshop = Some(File::Oslo);
    student.label(
        File::Oslo,
        "only-workshop",
        "member",
        "grants=darkroom|tags=workshop",
    );
    students.push(student);

    let mut student = maker.person();
    student.in_people = false;
    student.contact.email.clear();
    student.contact.rejected = Some("no-email");
    student.subscriptions = vec![maker.subscribe("active")];
    student.label(
        File::Subscriptions,
        "subscription-no-email",
        "rejected:no-email",
        "turned away in plan",
    );
    students.push(student);

    let mut student = maker.person();
    student.contact.products = vec!["Photography 101"];
    student.contact.marketing = "no";
    student.label(File::People, "opted-out", "member", "opted_out=true");
    students.push(student);
}

/// What happens in the weeks between the two sets.
pub(crate) fn later(maker: &mut Maker, students: &mut Vec<Student>) {
    let ordinary = STUDENTS.min(students.len());
    let Some((regulars, _)) = students.split_at_mut_checked(ordinary) else {
        return;
    };

    let active = |student: &&mut Student| {
        student.subscriptions.len() == 1
            && student.subscriptions.iter().all(|one| one.status == "active")
            && !student.contact.products.contains(&"Studio Club Lifetime")
    };
    for student in regulars.iter_mut().filter(active).take(24) {
        if let Some(subscription) = student.subscriptions.first_mut() {
            subscription.status = "canceled";
            subscription.canceled = "Nov 12, 2026";
        }
        student.label(File::Subscriptions, "membership-cancelled", "note", "loses=club");
    }
    let left = |student: &&mut Student| {
        student.subscriptions.len() == 1
            && student
                .subscriptions
                .iter()
                .all(|one| one.status == "canceled" && one.canceled != "Nov 12, 2026")
            && !student.contact.products.contains(&"Studio Club Lifetime")
    };
    for student in regulars.iter_mut().filter(left).take(8) {
        let mut again = maker.subscribe("active");
        again.created = "Nov 9, 2026";
        student.subscriptions.push(again);
        student.label(
            File::Subscriptions,
            "membership-rebought",
            "finding:grant-beats-revoke",
            "gains=club",
        );
    }
    let untouched = |student: &&mut Student| student.labels.is_empty();
    let plain = |student: &&mut Student| student.labels.is_empty() && student.subscriptions.is_empty();
    for student in regulars
        .iter_mut()
        .filter(plain)
        .filter(|one| one.contact.products.is_empty())
        .take(6)
    {
        student.contact.products.push("Photography 101");
        student.label(File::People, "first-purchase", "member", "gains=photo-101");
    }
    for student in regulars
        .iter_mut()
        .filter(untouched)
        .filter(|one| one.contact.products == ["Photography 101"])
        .take(14)
    {
        student.contact.products.push("Light, Shadow, Colour");
        student.label(File::People, "second-purchase", "member", "gains=light");
    }
    for student in regulars
        .iter_mut()
        .filter(plain)
        .filter(|one| one.workshop.is_none())
        .skip(40)
        .take(9)
    {
        maker.rename(&mut student.contact);
        student.label(
            File::People,
            "renamed-at-source",
            "member",
            "fill-blanks keeps the name that is there",
        );
    }
    for student in regulars
        .iter_mut()
        .filter(untouched)
        .filter(|one| one.contact.marketing == "yes" && !one.contact.products.is_empty())
        .skip(60)
        .take(5)
    {
        student.contact.marketing = "no";
        student.label(File::People, "opted-out-since", "member", "opted_out=true");
    }
    let mut gone = 0;
    let mut number = 0;
    students.retain(|student| {
        number += 1;
        let goes = gone < 60 && number % 29 == 0 && number <= ordinary && student.labels.is_empty();
        gone += u32::from(goes);
        !goes
    });
    for number in 0..80 {
        let mut student = maker.student();
        if number < 3 {
            student.contact.products = vec!["Photography 101"];
            student.label(File::People, "came-since", "member", "new at the source");
        }
        students.push(student);
    }
}

/// Dates and amounts as exports and spreadsheets write them.
fn odd_cells(maker: &mut Maker, students: &mut Vec<Student>) {
    let dates = [
        ("date-kajabi", "Nov 28, 2025"),
        ("date-with-offset", "2025-11-08 04:11:00 -0700"),
        ("date-utc", "2026-08-01 09:00:00 UTC"),
        ("date-day-first", "28/01/2018"),
        ("date-month-first", "01/28/2018"),
        ("date-iso", "2018-08-27T15:06:27.713Z"),
        ("date-unix", "1756306800"),
        ("date-excel-serial", "45992"),
        ("date-zeros", "0000-00-00 00:00:00"),
        ("date-zero", "0"),
        ("date-n-a", "N/A"),
        ("date-localised", "28. Februar 2025"),
        ("date-future", "Jan 1, 2031"),
    ];
    for (case, created) in dates {
        let mut student = maker.person();
        let mut subscription = maker.subscribe("active");
        subscription.created = created;
        student.subscriptions.push(subscription);
        student.label(
            File::Subscriptions,
            case,
            "note",
            "dates are kept as they are: this plan reads none",
        );
        students.push(student);
    }
    for (case, amount) in [
        ("money-dollar", "$1,089.00"),
        ("money-euro", "1.089,00 EUR"),
        ("money-comma", "22,00"),
    ] {
        let mut student = maker.person();
        let mut subscription = maker.subscribe("active");
        subscription.amount = amount;
        student.subscriptions.push(subscription);
        student.label(
            File::Subscriptions,
            case,
            "note",
            "amounts are kept as they are: this plan reads none",
        );
        students.push(student);
    }
}

/// People with more than one row in the subscriptions export, or with another record that grants the same.
fn several_subscriptions(maker: &mut Maker, students: &mut Vec<Student>) {
    let mut student = maker.person();
    student.subscriptions = vec![maker.subscribe("canceled"), maker.subscribe("active")];
    student.label(
        File::Subscriptions,
        "cancelled-and-rebought",
        "finding:grant-beats-revoke",
        "grants=club",
    );
    students.push(student);

    let mut student = maker.person();
    student.contact.products = vec!["Studio Club Lifetime"];
    student.subscriptions = vec![maker.subscribe("canceled")];
    student.label(
        File::Subscriptions,
        "lifetime-and-cancelled",
        "finding:grant-beats-revoke",
        "grants=club",
    );
    students.push(student);

    let mut student = maker.person();
    student.subscriptions = vec![maker.subscribe("active"), maker.subscribe("active")];
    student.label(
        File::Subscriptions,
        "team-seats",
        "merged",
        "one buyer, two active subscriptions",
    );
    students.push(student);

    let mut student = maker.person();
    student.subscriptions = vec![maker.subscribe("active")];
    let mut other = maker.subscribe("active");
    other.offer = "Portfolio Review";
    other.amount = "120.00";
    student.subscriptions.push(other);
    student.label(
        File::Subscriptions,
        "offer-ignored",
        "merged",
        "an offer that is not moved",
    );
    students.push(student);
}
