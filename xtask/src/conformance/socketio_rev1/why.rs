//! Why the checks demand something else than socket.io 0.9.19 does, where several of its differences have one reason.

pub(crate) const NO_CLOSE_FRAME: &str = "it ends the TCP connection without a close frame";
pub(crate) const CASE_OF_UPGRADE: &str =
    "it compares Upgrade with WebSocket in this case exactly, and proxies rewrite headers";
pub(crate) const CLOSED_UNANSWERED: &str = "it closes the connection without an answer, and nobody learns why";
pub(crate) const UPGRADE_ENDS_IT: &str = "an upgrade on the path of another transport ends its process";
pub(crate) const PONG: &str = "it answers a ping by c2 8a 00, which is no frame, and without the payload";
pub(crate) const PONG_ENDS_IT: &str = "it takes a pong for an unknown opcode and ends the session, and Internet Explorer 10 sends one every 30 s (pull request 1026)";
pub(crate) const NO_UTF8: &str = "it puts U+FFFD in the place of what is no UTF-8";
pub(crate) const UNMASKED: &str = "it takes frames without a mask, which scripts can make other servers send";
pub(crate) const RECURSION: &str =
    "it reads a segment of many frames by recursion, and its stack ends (socket.io issue 1765)";
pub(crate) const NO_LIMIT: &str = "its limit is 100 MB, counted over the whole connection (socket.io issue 1592)";
pub(crate) const NO_BAD_KEYS: &str = "it does not look whether a key has a number, and answers by a digest of NaN";
pub(crate) const NO_MULTIPART: &str = "it never had xhr-multipart, which stands in the specification";
pub(crate) const ALWAYS_1: &str = "it answers a POST before it looks for the session, and the client goes on in vain";
pub(crate) const PROTO: &str = "a session id that every object of JavaScript has as a member ends its process";
pub(crate) const NEVER_REFUSED: &str =
    "it stays silent to an endpoint that nobody declared, and the client waits for ever";
pub(crate) const AGAIN: &str =
    "it raises connection again, and every handler is attached once more (socket.io issue 430)";
pub(crate) const NOT_HELD: &str =
    "it loses packets that come ahead of the connect, which is how clients send after a reconnect";
pub(crate) const ACKED_AND_LOST: &str =
    "it acknowledges packets for an endpoint that the session is not on, and loses them";
pub(crate) const NO_LEAVING: &str = "0::/chat has no effect on it (socket.io issues 890 and 1168)";
pub(crate) const SAME_LIST: &str =
    "it keeps rooms and endpoints in one table, and an emit to one reaches the members of the other";
pub(crate) const ONLY_HEARTBEATS: &str = "nothing but 2:: is a sign of life to it";
pub(crate) const DEAD_POLL: &str =
    "it does not watch the connection of a held poll, and the packet goes into the dead answer";
pub(crate) const NEVER_ANSWERED: &str = "it stops the timers of the first poll and never answers it";
pub(crate) const NO_SECOND_CONNECT: &str =
    "it sends no 1:: over the second transport, and the client waits for ever (socket.io issues 948 and 1277)";
pub(crate) const AWAY_UNHEARD: &str =
    "it only acts on an open transport, and the session lives until its close timeout";
pub(crate) const NO_SHUTDOWN: &str = "it just ends, and clients have to guess";
pub(crate) const BY_ENDPOINT: &str = "it counts ids and answers by endpoint; native clients leave the endpoint out";
pub(crate) const ACK_ENDS_IT: &str = "an ack whose data is no list ends its process";
pub(crate) const KEPT: &str =
    "it keeps an id for ever, and a client can run the same callback again and again (socket.io issue 1310)";
pub(crate) const SEPARATORS: &str =
    "U+2028 and U+2029 end a line in the script of every browser of the time, and the transport stops";
pub(crate) const JSONP_ENDS_IT: &str =
    "a jsonp body that is no JSON string ends its process (socket.io issues 609, 885, 902 and 967)";
pub(crate) const MEMBERS: &str = "a name that every object of JavaScript has as a member ends its process";
pub(crate) const NO_RAW_FORM: &str =
    "it takes JSON strings only since 0.8.6, and older clients post the packet as it is";
pub(crate) const GLUED: &str = "it looks for an endpoint called /chat?… and stays silent";
pub(crate) const ZERO: &str =
    "it takes 0 alone for no packet; the specification prints it, and a Perl library sends it";
pub(crate) const FFFD: &str = "it decodes first and looks for U+FFFD then, and cuts a text there";
