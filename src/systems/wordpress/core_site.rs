//! A WordPress without the companion plugin: it can be read, and nothing can be written.

use super::CoreCursor;
use crate::{
    model::{
        AfterLost, Answer, Batching, Capabilities, Fault, Looked, Observed, RateLimits, Request,
        RequestClasses, TagRules,
    },
    systems::{Exchange, Protocol, Refused, SystemError},
};

/// WordPress's own interface, as far as it goes: it doubles users when two requests come at once, knows no
/// contact, tag or offering, and compares nothing before it writes. So it is only read.
#[derive(Debug, Clone)]
pub(super) struct CoreSite {
    place: String,
    echo: String,
}

impl CoreSite {
    pub(super) fn new(place: String, echo: String) -> Self {
        Self { place, echo }
    }
}

fn nothing() -> Fault {
    Fault::Broken {
        why: "a site without the companion plugin can only be read".to_owned(),
    }
}

impl Protocol for CoreSite {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batching: Batching::new(1),
            limits: RateLimits::none(),
            classes: RequestClasses::default(),
            in_flight: 1,
            visibility_ms: 0,
            compares: false,
            confirms: false,
            creates_opted_out: true,
            max_field_chars: None,
            tag_rules: TagRules::default(),
            after_lost_write: AfterLost::Never,
            after_lost_tags: AfterLost::Never,
            after_lost_setup: AfterLost::Repeat,
            cannot_write: Some(
                "the companion plugin is not active there. Without it Rehome sees users only (no contacts, tags or \
                 offerings), and everything else looks missing. Install wordpress/rehome-companion, as docs/wordpress.md \
                 says"
                    .to_owned(),
            ),
        }
    }

    /// Never used: its capabilities say that nothing can be written.
    fn carry_out<'a>(&'a self, _: &'a Request) -> Box<dyn Exchange<Answer> + 'a> {
        Box::new(Refused(nothing()))
    }

    fn probe<'a>(&'a self, _: &'a Request) -> Box<dyn Exchange<Looked> + 'a> {
        Box::new(Refused(nothing()))
    }

    fn observe(&self) -> Box<dyn Exchange<Observed, SystemError>> {
        Box::new(CoreCursor::new(self.place.clone(), self.echo.clone()))
    }
}
