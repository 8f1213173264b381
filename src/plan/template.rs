//! A tag's name with `$rest` or `$value` in it, and a value of a mapped column in; the name of a tag out.

/// The name of a tag that is carried over: literal text around what the value gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagTemplate {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Text(String),
    Rest,
    Value,
}

impl TagTemplate {
    /// Reads a template: `$rest` is what the star of the line stands for, `$value` the whole value, `$$` a
    /// dollar. `None` for text without either; an error is a sentence.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut left = text;
        let mut carries = false;
        while let Some(at) = left.find('$') {
            literal.push_str(&left[..at]);
            let after = &left[at + 1..];
            let (part, rest) = if let Some(rest) = after.strip_prefix('$') {
                literal.push('$');
                (None, rest)
            } else if let Some(rest) = after.strip_prefix("rest") {
                (Some(Part::Rest), rest)
            } else if let Some(rest) = after.strip_prefix("value") {
                (Some(Part::Value), rest)
            } else {
                return Err(
                    "a dollar sign must be followed by `rest`, `value` or a second dollar sign".to_owned(),
                );
            };
            if let Some(part) = part {
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(part);
                carries = true;
            }
            left = rest;
        }
        literal.push_str(left);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(carries.then_some(Self { parts }))
    }

    /// True if the line needs a star.
    pub fn needs_rest(&self) -> bool {
        self.parts.contains(&Part::Rest)
    }

    /// The name, for a value and the text that its star matches; without spaces at the ends.
    pub fn name(&self, value: &str, rest: &str) -> String {
        let mut name = String::new();
        for part in &self.parts {
            name.push_str(match part {
                Part::Text(text) => text,
                Part::Rest => rest,
                Part::Value => value,
            });
        }
        name.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_puts_the_rest_or_the_value_into_its_text() {
        let template = TagTemplate::parse("Kajabi: $rest ($$5, $value)")
            .expect("well-formed")
            .expect("carries");
        assert_eq!(
            template.name("Course -> Oils", " Oils"),
            "Kajabi:  Oils ($5, Course -> Oils)"
        );
        assert!(template.needs_rest());
    }

    #[test]
    fn text_without_rest_and_value_is_no_template() {
        assert_eq!(TagTemplate::parse("vip"), Ok(None));
    }

    #[test]
    fn a_lone_dollar_is_an_error() {
        assert!(TagTemplate::parse("$5 course").is_err());
    }
}
