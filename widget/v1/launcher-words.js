/** What the launcher says on the clinic's own pages, before the chat is opened. In braces: values. */
export const words = Object.freeze({
  open: "Chat with us",
  close: "Close chat",
  panel: "Chat with the clinic",
  unread: { one: "1 new message in the chat", other: "{count} new messages in the chat" },
  failed: "The chat could not be loaded.",
  failedCall: "Please call us: {phone}",
  failedCallClinic: "Please call the clinic.",
  retry: "Try again",
});
