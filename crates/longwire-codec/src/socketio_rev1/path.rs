//! The URL paths of revision 1.
