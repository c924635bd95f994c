/** A step of the controller failed; the conditions of the Workspace say so. */
export class ReconcileError extends Error {
  override readonly name = "ReconcileError";
}

/** The controller panicked: its runtime tries again and again, and nobody is told (recorded). */
export class ControllerPanic extends Error {
  override readonly name = "ControllerPanic";
}
