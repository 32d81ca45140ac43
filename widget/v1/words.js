/**
 * Every word that the chat itself says. What the clinic says (greeting, privacy note, title) comes
 * from its settings over the API. In braces: values that `fill` puts in.
 */
export const words = Object.freeze({
  locale: "en-US",

  launcher: {
    open: "Chat with us",
    close: "Close chat",
    panel: "Chat with the clinic",
    unread: { one: "1 new message in the chat", other: "{count} new messages in the chat" },
    failed: "The chat could not be loaded.",
    failedCall: "Please call us: {phone}",
    failedCallClinic: "Please call the clinic.",
    retry: "Try again",
  },

  header: {
    title: "Chat with the clinic",
    end: "End chat",
    close: "Close chat",
  },

  owner: {
    assistant: "Automated assistant",
    staff: "{name} from the clinic is answering",
    staffUnnamed: "Clinic staff are answering",
    waiting: "A person from the clinic will answer here",
    waitingClosed: "A person will answer here. The clinic opens {opening}",
    opening: "{day} at {time}",
    ended: "This chat has ended",
    connecting: "Connecting",
  },

  emergency: {
    strip: "Not for emergencies:",
    call: "call {emergency_number}",
    heading: "This may be an emergency",
    button: "Call {emergency_number} now",
  },

  author: {
    patient: "You",
    assistant: "Automated assistant",
    staff: "{name}, clinic staff",
    staffUnnamed: "Clinic staff",
    notice: "Notice",
  },

  message: {
    log: "Messages",
    source: "Source: {source}",
    choices: "Suggested answers",
    chosen: "You chose: {choice}",
    sending: "Sending",
    waiting: "Not sent yet. It is kept and will be sent again.",
    thinking: "The automated assistant is writing",
    typing: "{name} is writing",
    typingUnnamed: "Clinic staff are writing",
    announce: "{author} says: {text}",
    announceChoices: "Suggested answers: {choices}",
    newer: "New messages below",
    today: "Today",
    yesterday: "Yesterday",
  },

  composer: {
    label: "Your message",
    placeholder: "Write your question",
    send: "Send",
    hint: "Enter sends, Shift and Enter starts a new line.",
    left: { one: "1 character left", other: "{count} characters left" },
    over: {
      one: "Your message is 1 character too long. Please shorten it.",
      other: "Your message is {count} characters too long. Please shorten it.",
    },
  },

  connection: {
    offline: "You are offline. What you write is kept and sent when you are back.",
    reconnecting: "Connecting again. What you write is kept.",
    unreachable: "We cannot reach the clinic's chat right now. We keep trying. You can also call {phone}.",
    unreachableNoPhone: "We cannot reach the clinic's chat right now. We keep trying.",
    expired: "Your earlier chat has timed out, so we started a new one. What you wrote goes into the new one.",
  },

  errors: {
    network: "The connection was lost. Please try again.",
    server: "Something went wrong on our side. Please try again in a moment.",
    refused: "This message could not be sent. Please change it and try again.",
    // By the code of the front desk's refusal.
    byCode: {
      too_many: "That was a lot in a short time. Please wait a moment and send it again.",
      too_long: "That is too long for one message. Please send it in parts.",
      too_large: "That is too long for one message. Please send it in parts.",
      empty: "Please write something first.",
      no_such_choice: "That answer is no longer open. Please write what you would like to say.",
    },
  },

  end: {
    title: "End this chat?",
    body: "The chat ends, and this device forgets it. The clinic keeps what was said so that it can care for you.",
    confirm: "End and clear this device",
    cancel: "Keep chatting",
    cleared: "This chat has ended and was cleared from this device.",
    restart: "Start a new chat",
  },
});

/**
 * Put values into the braces of `text`; a brace without a value stays, so that it is noticed.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (brace, key) => (key in values ? String(values[key]) : brace));
}

/** The form of a word for a count: `{one, other}` with `{count}` filled in. */
export function plural(forms, count) {
  return fill(count === 1 ? forms.one : forms.other, { count });
}
