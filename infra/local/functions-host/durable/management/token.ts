/**
 * What a stored text is shown as (the extension's `ParseToJToken`): JSON text gives its value; the message
 * of a failure or a reason stands for itself.
 */
export function tokenOf(text: string | null): unknown {
  if (text === null) return null;
  const trimmed = text.trim();
  if (trimmed === "") return "";
  try {
    return JSON.parse(trimmed);
  } catch {
    return trimmed;
  }
}
