//! Escaping of text for JSON and JavaScript strings.
