export { connect } from "./connect.js";
export type { Client, Details, Gap, Options } from "./connect.js";
export type { Message, State, StreamError } from "./message.js";
