//! The sums of records and members in; the lines and JSON that every report shows of them out.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{
    text::{amount, counted, counted_as},
    wanted::{Accounting, SourceCount},
};

/// What became of records: read = members + merged + rejected + ignored.
pub(super) fn records_text(count: &SourceCount) -> String {
    let mut text = format!(
        "  {} = {} + {} merged + {} rejected + {} ignored\n",
        counted(count.read, "record"),
        counted(count.members, "member"),
        amount(count.merged),
        amount(count.rejected_total()),
        amount(count.ignored)
    );
    for (code, count) in &count.rejected {
        let _ = writeln!(
            text,
            "    rejected {} {}: {}",
            amount(*count),
            code.code(),
            code.sentence()
        );
    }
    text
}

/// What becomes of members: users + contacts only + left out.
pub(super) fn members_sum_text(accounting: &Accounting) -> String {
    let left_out: u64 = accounting.left_out.values().sum();
    let mut text = format!(
        "  {} = {} + {} + {} left out\n",
        counted(accounting.members, "member"),
        counted(accounting.users, "user"),
        counted_as(accounting.contacts_only, "contact only", "contacts only"),
        amount(left_out)
    );
    for (reason, count) in &accounting.left_out {
        let _ = writeln!(
            text,
            "    left out {} {}: {}",
            amount(*count),
            reason.code(),
            reason.sentence()
        );
    }
    text
}

/// The members who pay on the old platform, if any.
pub(super) fn billing_text(accounting: &Accounting) -> String {
    if accounting.billing_old == 0 {
        return String::new();
    }
    let (members, pay) = match accounting.billing_old {
        1 => ("1 member".to_owned(), "pays"),
        many => (counted(many, "member"), "pay"),
    };
    format!(
        "  {members} {pay} on the old platform (billing = \"old\"): --lists DIR names them in billing-old.csv\n"
    )
}

/// `records` of `plan` and `audit`.
pub(super) fn records_json(count: &SourceCount) -> Value {
    json!({
        "read": count.read,
        "members": count.members,
        "merged": count.merged,
        "rejected": count.rejected_total(),
        "rejected_by_reason": count.rejected,
        "ignored": count.ignored,
    })
}

/// `people` of `plan` and `audit`.
pub(super) fn people_json(accounting: &Accounting) -> Value {
    json!({
        "members": accounting.members,
        "users": accounting.users,
        "contacts_only": accounting.contacts_only,
        "left_out": accounting.left_out.values().sum::<u64>(),
        "left_out_by_reason": accounting.left_out,
        "billing_old": accounting.billing_old,
    })
}
