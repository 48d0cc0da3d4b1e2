/** The lab itself failed, not the command in it. One line, with what to do on a second. Exit code 125. */
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
