//! Why a change is in the difference: a closed set, each with a code and a sentence.

use super::coded::coded;

coded! {
    /// Why a change is there, is left alone, or is blocked.
    pub enum Reason {
        /// The member is granted something, and the user or contact does not exist yet.
        NotThereYet = "not-there-yet", "does not exist yet";
        /// The user is created with another login, because the site does not accept the requested one.
        LoginCleaned = "login-cleaned", "the site does not accept the requested login (characters or length); the nearest valid login is used";
        /// The user is created with another login, because the requested one belongs to another user.
        LoginTaken = "login-taken", "the requested login is another user's login or email address; a free one is used";
        /// A record grants the offering that owns the tag.
        Granted = "granted", "a record grants the offering";
        /// A record grants a bundle that includes the offering that owns the tag.
        GrantedByBundle = "granted-by-bundle", "a record grants a bundle that includes the offering";
        /// A record is mapped to the tag.
        Mapped = "mapped", "a value is mapped to the tag";
        /// The offering is granted, so its own revoke tag is removed.
        GrantLiftsRevoke = "grant-lifts-revoke", "the offering is granted, so its revoke tag is removed";
        /// No record grants the offering, one says `otherwise = "revoke"`, and Rehome had granted it.
        Revoked = "revoked", "no record grants the offering, and one revokes it";
        /// Every source that can grant the offering is complete, none lists the member with it any more, and Rehome had
        /// granted it.
        Gone = "gone", "missing from the sources that grant the offering";
        /// Missing in the same way, and `gone = "report"` leaves the access alone.
        GoneReported = "gone-reported", "missing from the sources that grant the offering; gone = \"report\" leaves the access alone";
        /// Missing in the same way, as it seems; but a rejected record of such a source may be the member's.
        GoneUnsure = "gone-unsure", "may be missing from the sources that grant the offering, but some of their records were rejected";
        /// An earlier run opened more of the offering than any record grants now.
        WiderKept = "wider-kept", "an earlier run opened more of the offering than any record grants now; it stays open";
        /// The access tag is removed too, because `remove_tags = true`.
        RevokedAndRemoved = "revoked-and-removed", "revoked, and remove_tags = true also removes the access tag";
        /// The site has no value and a source has one.
        FillsBlank = "fills-blank", "blank on the site, present in the export";
        /// `existing_fields = "overwrite"`.
        Overwrites = "overwrites", "existing_fields = \"overwrite\"";
        /// A source says that the member opted out.
        OptedOut = "opted-out", "a source says that the member opted out";
        /// Opted out and no contact yet, and `opted_out = "skip"`: not created.
        OptedOutSkipped = "opted-out-skipped", "opted out and not a contact yet; opted_out = \"skip\" creates no contact for members who opted out";
        /// Opted out and not a contact yet, the contact system can only create subscribed contacts, and the plan does
        /// not say what to do.
        OptedOutUndecided = "opted-out-undecided", "opted out and not a contact yet; the contact system would create the contact as subscribed";
        /// The user has no contact ID yet.
        NotLinked = "not-linked", "the user has no contact ID yet";
        /// The user has the ID of a contact that no longer exists.
        ContactGone = "contact-gone", "the contact with the user's contact ID no longer exists";
        /// The site keeps its own copy of the contact's tags.
        CopyOfContact = "copy-of-contact", "the site's copy of the contact's tags";
        /// `existing_fields` keeps the existing value.
        Kept = "kept", "differs, but existing_fields keeps the existing value";
        /// The value has more characters than a field of the system can have.
        FieldTooLong = "field-too-long", "longer than a field of the system can be; the value is blocked";
        /// A revoke was requested, but Rehome did not grant this access, or it was changed since.
        NotOurs = "not-ours", "Rehome did not grant it, or it was changed since; left alone";
        /// The member has no grants now: names, fields and tags are blocked.
        NothingGranted = "nothing-granted", "has no grants now; everything except revokes and opt-outs is blocked";
        /// The user has more than subscriber rights: never modified.
        Privileged = "privileged", "the user has more than subscriber rights; never modified";
        /// Several contacts have this address.
        SeveralContacts = "several-contacts", "several contacts have this address";
        /// One contact ID belongs to two users, or would.
        SharedContactId = "shared-contact-id", "the contact ID belongs to another user";
        /// The user's contact ID belongs to a contact with another address.
        ContactOfAnother = "contact-of-another", "the user's contact ID belongs to a contact with another address";
        /// The address is the login of a user with another address.
        AddressIsLogin = "address-is-login", "this address is another user's login; possibly the same person, so no user is created";
        /// The site stores the source's key of the member, so that a new address is recognized.
        RemembersKey = "remembers-key", "stored on the site, so that a new address is recognized";
        /// The site knows this address by another key of the source.
        AnotherKey = "another-key", "the site knows this address by another key of the source; possibly two people with one address";
        /// The source has the key on two addresses, and the site knows it by the other one.
        KeyElsewhere = "key-elsewhere", "the source has the key on two addresses, and the site knows it by the other one";
        /// A known key of the source, or an entry of `[same]`, gives the member another address.
        Renamed = "renamed", "the same person with a new address, by the source's key or by [same]";
        /// The person appears under several addresses: on the site, or in the sources.
        BothAddresses = "both-addresses", "the person appears under several addresses; merge them by hand, or set in [same] which one counts";
        /// The member's old address now belongs to another key of the source.
        Swapped = "swapped", "the old address now belongs to another key of the source; change the addresses on the site by hand, then plan again";
        /// Gains access though no record grants the offering: it gets a tag that the member has, or the member gets a tag
        /// that gives access to it.
        OfferingOpens = "offering-opens", "gains access that no record grants: the member has, or gets, a tag that gives access to the offering";
        /// Loses access though nothing revokes the offering: its tags change, or the member gets its revoke tag.
        OfferingCloses = "offering-closes", "loses access that no record revokes: the tags of the offering change, or the member gets its revoke tag";
        /// Reverted by `undo`.
        Undone = "undone", "reverted by undo";
        /// Changed since Rehome wrote it: `undo` leaves it alone.
        ChangedSince = "changed-since", "changed since Rehome wrote it; left alone";
        /// Created by the run: `undo` never deletes users or contacts.
        NeverDeleted = "never-deleted", "created by the run; undo never deletes users or contacts";
        /// The member opted out: `undo` never re-subscribes anyone.
        NeverResubscribed = "never-resubscribed", "opted out; undo never re-subscribes anyone";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_name_that_is_saved() {
        for reason in Reason::OWN {
            let saved = serde_json::to_string(reason).unwrap();
            assert_eq!(saved, format!("\"{}\"", reason.code()));
        }
    }
}
