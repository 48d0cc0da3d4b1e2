/** The lab itself failed, not the command in it. One line, and optionally a second with what to do. Exit code 125. */
export class LabFailure extends Error {
  /**
   * @param {string} message
   * @param {string} [hint]
   */
  constructor(message, hint) {
    super(message);
    this.name = "LabFailure";
    this.hint = hint;
  }
}
