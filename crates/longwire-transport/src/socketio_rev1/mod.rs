//! Sessions of Socket.IO protocol revision 1, the protocol of Socket.IO 0.7 to 0.9.
