/**
 * Every word that the chat itself says, but for the launcher's (`launcher-words.js`), which every
 * page of the clinic's site loads. What the clinic says (greeting, privacy note, title) comes
 * from its settings over the API. In braces: values that `fill` puts in.
 */
export const words = Object.freeze({
  locale: "en-US",

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

  byText: {
    offer: "A person will answer here. Leaving?",
    open: "Get the answer by text",
    title: "Get the answer by text",
    phone: "Your phone number",
    phoneHint: "With its area code.",
    how: "What should we text?",
    link: "Text me a link when there is an answer. The text says nothing about my health.",
    full: "Text me the answer itself. Texts are not private: others may see my screen, and carriers can store them.",
    consent:
      "By going on you agree to get texts about this question from the clinic. Msg & data rates may apply. Text STOP at any time.",
    send: "Send me a code",
    sending: "Sending a code",
    cancel: "Cancel",
    sent: "We have sent a code to {phone}, if that number can get our texts. Enter it here. It works for {minutes} minutes.",
    sentAgain: "We have sent a new code to {phone}, if that number can get our texts. Only the new one works, for {minutes} minutes.",
    code: "Code from the text",
    confirm: "Confirm",
    confirming: "Checking the code",
    again: "Send a new code",
    other: "Other number",
    noCode: "No code? This phone may have stopped our texts: text START to the clinic's number, then ask again.",
    on: "The answer will be texted to the number ending in {digits}.",
    onLater: "What our staff answer is texted to the number ending in {digits}, unless you read it here first.",
    stop: "Stop",
    stopLabel: "Stop answers by text",
    stopping: "Stopping",
    // By the code of the front desk's refusal.
    errors: {
      no_phone_number: "That is not a phone number. Please write it with its area code.",
      phone_abroad: "We cannot text to that country. The answer will be here in the chat.",
      our_own_number: "That is the clinic's number. Please write your own.",
      too_many: "That was too often. Please try again in an hour. The answer will be here in the chat too.",
      no_texts: "The clinic cannot send texts at the moment. The answer will be here in the chat.",
      no_code: "Please enter the code from the text.",
      wrong_code: "That is not the code, or it is too old. Check it, or ask for a new one.",
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

  // The page that a link in a text leads to.
  answer: {
    title: "Your clinic has answered",
    ready: "Our staff have answered your question.",
    read: "Read the answer",
    reading: "Opening the answer",
    openChat: "Open the chat",
    used: "This link has been used before, or it is too old. Open the chat where you asked your question.",
    usedHere: "This link has been used before, or it is too old. There is a chat on this device:",
    incomplete: "This link is not complete. Go back to the text message and tap the whole link.",
    noMemory:
      "This browser cannot keep the chat open, so we have left the link unused. Open it from the text message in another browser.",
    failed: "The answer could not be opened. Please try again in a minute.",
    call: "You can also call us:",
    callClinic: "You can also call the clinic.",
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
