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
