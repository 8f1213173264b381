//! Many short texts in one allocation.

/// A place in an [`Arena`]: four bytes of offset, four of length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    offset: u32,
    len: u32,
}

impl Span {
    /// True for the empty text.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// A text as long, at another place.
    #[must_use]
    pub fn at(self, offset: u32) -> Self {
        Self { offset, ..self }
    }

    /// Bytes of the text.
    pub fn len(self) -> u32 {
        self.len
    }
}

/// An append-only text store of at most 4 GiB. A million members' names and addresses cost their
/// bytes and eight more each, and one allocation in all.
#[derive(Debug, Clone, Default)]
pub struct Arena {
    text: String,
}

impl Arena {
    /// An arena with room for `bytes`.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
        }
    }

    /// Stores a text. `None` when the arena would pass 4 GiB.
    pub fn push(&mut self, text: &str) -> Option<Span> {
        if text.is_empty() {
            return Some(Span::default());
        }
        let offset = u32::try_from(self.text.len()).ok()?;
        let len = u32::try_from(text.len()).ok()?;
        offset.checked_add(len)?;
        self.text.push_str(text);
        Some(Span { offset, len })
    }

    /// An arena of these bytes; `None` if they are not text or more than 4 GiB.
    pub fn of_bytes(bytes: Vec<u8>) -> Option<Self> {
        u32::try_from(bytes.len()).ok()?;
        String::from_utf8(bytes).ok().map(|text| Self { text })
    }

    /// The text at a place. A place of another arena gives the empty text.
    pub fn get(&self, span: Span) -> &str {
        let start = span.offset as usize;
        self.text
            .get(start..start + span.len as usize)
            .unwrap_or_default()
    }

    /// Looks at the beginning of some texts, so that they are at hand when they are read: the looks wait for
    /// memory together.
    pub fn fetch(&self, spans: &[Span]) {
        let first = |span: &Span| self.text.as_bytes().get(span.offset as usize);
        let seen = spans.iter().filter_map(first).fold(0, |seen, byte| seen ^ byte);
        std::hint::black_box(seen);
    }

    /// Bytes stored.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// True if nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}
