//! Declares closed sets of reasons: a name, a code and a sentence for each, in one table.

/// Declares an enum of reasons from one table: for each reason its name, the code that reports and files have, and
/// the sentence that a person reads. The enum gets `OWN` (all rows of the table), `code` and `sentence`.
///
/// `first { … }` and `last { … }` take over the reasons of other such enums, before and after the own ones. Such an
/// enum is saved as its code; a plain one under its name in kebab case, which is its code as well.
macro_rules! coded {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$doc:meta])+ $own:ident = $code:literal, $sentence:literal;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(rename_all = "kebab-case")]
        $visibility enum $name { $($(#[$doc])+ $own,)+ }

        impl $name {
            /// All reasons.
            $visibility const OWN: &'static [Self] = &[$(Self::$own,)+];

            /// The code in reports and files.
            $visibility fn code(self) -> &'static str {
                match self { $(Self::$own => $code,)+ }
            }

            /// The sentence that a person reads.
            $visibility fn sentence(self) -> &'static str {
                match self { $(Self::$own => $sentence,)+ }
            }
        }
    };
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $(first { $(#[$first_doc:meta])+ $first:ident($first_type:ty) })?
            $($(#[$doc:meta])+ $own:ident = $code:literal, $sentence:literal;)+
            $(last { $(#[$last_doc:meta])+ $last:ident($last_type:ty) })?
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(into = "&'static str", try_from = "String")]
        $visibility enum $name {
            $($(#[$first_doc])+ $first($first_type),)?
            $($(#[$doc])+ $own,)+
            $($(#[$last_doc])+ $last($last_type),)?
        }

        impl $name {
            /// The reasons that no other set has.
            $visibility const OWN: &'static [Self] = &[$(Self::$own,)+];

            /// The code in reports and files.
            $visibility fn code(self) -> &'static str {
                match self {
                    $(Self::$first(reason) => reason.code(),)?
                    $(Self::$own => $code,)+
                    $(Self::$last(reason) => reason.code(),)?
                }
            }

            /// The sentence that a person reads.
            $visibility fn sentence(self) -> &'static str {
                match self {
                    $(Self::$first(reason) => reason.sentence(),)?
                    $(Self::$own => $sentence,)+
                    $(Self::$last(reason) => reason.sentence(),)?
                }
            }
        }

        impl From<$name> for &'static str {
            fn from(reason: $name) -> Self {
                reason.code()
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(code: String) -> Result<Self, String> {
                let all = Self::OWN.iter().copied();
                $(let all = all.chain(<$first_type>::OWN.iter().copied().map(Self::$first));)?
                $(let all = all.chain(<$last_type>::OWN.iter().copied().map(Self::$last));)?
                let mut all = all.filter(|reason| reason.code() == code);
                all.next().ok_or(code)
            }
        }
    };
}

pub(crate) use coded;

#[cfg(test)]
mod tests {
    coded! {
        /// Reasons of another set.
        pub enum Other {
            /// The first.
            OneOther = "one-other", "the other reason";
        }
    }
    coded! {
        /// Own reasons and those of the other set.
        pub enum Both {
            /// The first.
            FirstOwn = "first-own", "the first reason";
            last {
                /// One of the other set.
                Of(Other)
            }
        }
    }

    #[test]
    fn a_reason_is_saved_as_its_code_and_read_back() {
        for (reason, code, sentence) in [
            (Both::FirstOwn, "first-own", "the first reason"),
            (Both::Of(Other::OneOther), "one-other", "the other reason"),
        ] {
            assert_eq!((reason.code(), reason.sentence()), (code, sentence));
            let saved = serde_json::to_string(&reason).unwrap();
            assert_eq!(saved, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<Both>(&saved).unwrap(), reason);
        }
        assert_eq!(Both::OWN, [Both::FirstOwn]);
        assert!(serde_json::from_str::<Both>("\"unknown\"").is_err());
    }

    #[test]
    fn a_plain_reason_is_saved_as_its_code() {
        let saved = serde_json::to_string(&Other::OneOther).unwrap();
        assert_eq!(saved, format!("\"{}\"", Other::OneOther.code()));
    }
}
