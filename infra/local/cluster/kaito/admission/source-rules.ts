import { parseDockerReference } from "../image-reference.ts";
import type { DataSource, Tuning } from "../workspace.ts";
import { dataUrlProblem } from "./data-urls.ts";
import {
  type FieldError,
  genericError,
  invalidValueError,
  missingFieldError,
} from "./field-errors.ts";

/** kaito: DataSource.validateCreate. */
export function sourceErrors({ urls, image, volumeSource }: DataSource): FieldError[] {
  const given = [urls.length > 0, image !== "", volumeSource !== undefined].filter(Boolean).length;
  return [
    ...urls.flatMap((url) => {
      const problem = dataUrlProblem(url);
      return problem === undefined ? [] : [invalidValueError(problem, "URLs")];
    }),
    ...imageErrors(image, "input"),
    ...(given === 1
      ? []
      : [
          genericError(
            "Exactly one of URLs, Volume, or Image must be specified",
            "URLs",
            "Volume",
            "Image",
          ),
        ]),
  ];
}

/** kaito: DataDestination.validateCreate. */
export function destinationErrors(output: Tuning["output"]): FieldError[] {
  const { image, imagePushSecret, volumeSource } = output;
  const errors = [...imageErrors(image, "output")];
  if (image !== "" && imagePushSecret === "") {
    errors.push(missingFieldError("Must specify imagePushSecret with destination image"));
  }
  if ((image === "") === (volumeSource === undefined)) {
    errors.push(missingFieldError("Exactly one of Volume or Image must be specified"));
  }
  return errors;
}

export function imageErrors(image: string, what: "input" | "output"): FieldError[] {
  if (image === "") return [];
  try {
    parseDockerReference(image);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [invalidValueError(`Unable to parse ${what} image reference: ${why}`, "Image")];
  }
}
