//! The arguments of an event or acknowledgement: a JSON array that stays text until somebody wants a type.

use bytestring::ByteString;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A list of arguments, kept as the text of one JSON array.
///
/// Cloning shares the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args(ByteString);

impl Args {
    /// No arguments.
    pub const EMPTY: Self = Self(ByteString::from_static("[]"));

    /// Takes a JSON array that was checked already.
    ///
    /// The text goes to clients as it is, so it has to be one JSON array and nothing else; what is neither is not noticed here.
    #[must_use]
    pub fn from_checked_json(array: ByteString) -> Self {
        debug_assert!(array.starts_with('[') && array.ends_with(']'), "not a JSON array: {array}");
        Self(array)
    }

    /// Writes a list of arguments: a tuple, an array or a slice becomes one argument per element, `()` becomes none, and any
    /// other value becomes the only argument.
    ///
    /// ```
    /// use longwire_codec::Args;
    ///
    /// assert_eq!(Args::from_serialize(&("a", 1))?.as_json(), r#"["a",1]"#);
    /// assert_eq!(Args::from_serialize(&"a")?.as_json(), r#"["a"]"#);
    /// assert_eq!(Args::from_serialize(&())?.as_json(), "[]");
    /// assert_eq!(Args::from_serialize(&[[1, 2]])?.as_json(), "[[1,2]]");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When `args` cannot be written as JSON, for example a map with keys that are no strings.
    pub fn from_serialize<T: Serialize + ?Sized>(args: &T) -> Result<Self, serde_json::Error> {
        let mut json = Vec::with_capacity(64);
        json.push(b'[');
        serde_json::to_writer(&mut json, args)?;
        if json[1] == b'[' {
            json.remove(0);
        } else if json == b"[null" && size_of_val(args) == 0 {
            json.truncate(1);
            json.push(b']');
        } else {
            json.push(b']');
        }
        let text = String::from_utf8(json).expect("serde_json writes UTF-8");
        Ok(Self(text.into()))
    }

    /// The arguments as the text of one JSON array.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// The same text, shared.
    #[must_use]
    pub fn into_json(self) -> ByteString {
        self.0
    }

    /// Whether the list has no arguments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.strip_prefix('[').is_none_or(|inside| inside.trim_ascii_start().starts_with(']'))
    }

    /// Reads the whole list as one type, usually a tuple or a `Vec`.
    ///
    /// ```
    /// # use longwire_codec::Args;
    /// let args = Args::from_serialize(&("room", 5))?;
    /// let (room, count): (String, u32) = args.parse()?;
    /// assert_eq!((room.as_str(), count), ("room", 5));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the list does not have that type, or nests deeper than 128 levels.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

impl Args {
    /// The arguments one by one, each as the text of one JSON value.
    ///
    /// ```
    /// # use longwire_codec::Args;
    /// let args = Args::from_serialize(&("a, b", [1, 2]))?;
    /// let mut iter = args.iter();
    /// assert_eq!(iter.next(), Some(r#""a, b""#));
    /// assert_eq!(iter.rest().as_json(), "[[1,2]]");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { args: self, at: 1 }
    }
}

impl<'a> IntoIterator for &'a Args {
    type Item = &'a str;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The arguments of a list, one by one; from [`Args::iter`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    args: &'a Args,
    at: usize,
}

impl<'a> Iter<'a> {
    fn text(&self) -> &'a str {
        self.args.0.get(self.at..self.args.0.len() - 1).unwrap_or_default()
    }

    /// How many bytes of the text are behind it; [`Args::iter_from`] goes on there.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// What has not been iterated over, as a list of its own.
    #[must_use]
    pub fn rest(&self) -> Args {
        if self.at == 1 { self.args.clone() } else { Args(format!("[{}]", self.text().trim_ascii()).into()) }
    }
}

impl Args {
    /// Goes on with an iteration that stood at `position`.
    ///
    /// ```
    /// # use longwire_codec::Args;
    /// let args = Args::from_serialize(&(1, 2))?;
    /// let mut iter = args.iter();
    /// iter.next();
    /// assert_eq!(args.iter_from(iter.position()).next(), Some("2"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub const fn iter_from(&self, position: usize) -> Iter<'_> {
        Iter { args: self, at: position }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.text();
        let end = element_end(text.as_bytes());
        self.at += (end + 1).min(text.len());
        let element = text.get(..end)?.trim_ascii();
        (!element.is_empty()).then_some(element)
    }
}

/// Where the first element of a list of JSON values ends: at the comma behind it, or at the end.
fn element_end(list: &[u8]) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in list.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return at,
            _ => {}
        }
    }
    list.len()
}

impl Default for Args {
    fn default() -> Self {
        Self::EMPTY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emptiness_does_not_depend_on_white_space() {
        for (array, empty) in [("[]", true), ("[ \n]", true), ("[[]]", false), ("[\"\"]", false), ("[null]", false)] {
            assert_eq!(Args::from_checked_json(array.into()).is_empty(), empty, "{array}");
        }
        assert!(Args::default().is_empty());
    }

    #[test]
    fn only_the_unit_is_no_argument() {
        let written = [Args::from_serialize(&()), Args::from_serialize(&None::<u8>), Args::from_serialize(&[0_u8; 0])];
        assert_eq!(written.map(|args| args.unwrap().into_json()), ["[]", "[null]", "[]"]);
    }
}
