import { isSubdomain, SUBDOMAIN_RULE } from "../../api/registry/names.ts";
import type { Adapter } from "../workspace.ts";
import {
  type FieldError,
  genericError,
  invalidValueError,
  missingFieldError,
  viaField,
} from "./field-errors.ts";
import { sourceErrors } from "./source-rules.ts";

/** kaito: AdapterSpec.validateCreateorUpdate, which only an update calls. */
export function adapterErrors({ source, strength }: Adapter): FieldError[] {
  if (!source) return [missingFieldError("Source")];
  const errors = [
    ...viaField("Adapters", sourceErrors(source)),
    ...nameErrors(source.name),
    ...strengthErrors(strength ?? "1.0", source.name),
  ];
  if (source.image === "" && source.volumeSource === undefined) {
    errors.push(
      genericError(
        "Either Image or Volume must be specified for adapter source",
        "adapters.source",
      ),
    );
  }
  if (source.urls.length > 0) {
    errors.push(genericError("URLs are not supported as adapter source", "adapters.source.urls"));
  }
  return errors;
}

function nameErrors(name: string): FieldError[] {
  if (name === "") return [missingFieldError("Name of Adapter field must be specified")];
  return isSubdomain(name) && name.length <= 253
    ? []
    : [invalidValueError(SUBDOMAIN_RULE, "adapters.source.name")];
}

function strengthErrors(strength: string, adapter: string): FieldError[] {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(strength)
    ? Number(strength)
    : Number.NaN;
  if (Number.isNaN(value)) {
    const why = `strconv.ParseFloat: parsing ${JSON.stringify(strength)}: invalid syntax`;
    return [genericError(`Invalid strength value for Adapter '${adapter}': ${why}`, "adapter")];
  }
  if (value >= 0 && value <= 1) return [];
  return [
    genericError(`Strength value for Adapter '${adapter}' must be between 0 and 1`, "adapter"),
  ];
}

/** kaito: validateDuplicateName. */
export function duplicateErrors(adapters: readonly Adapter[]): FieldError[] {
  const names = adapters.map(({ source }) => source?.name ?? "");
  return names
    .filter((name, index) => names.indexOf(name) < index)
    .map((name) => genericError(`Duplicate adapter source name found: ${name}`, ""));
}
