import { badRequest, internalError } from "../../api/api-error.ts";
import type { Admit } from "../../api/registry/check-content.ts";
import { dnsLabelProblem } from "../../api/registry/names.ts";
import { Workspace } from "../workspace.ts";
import { createErrors, type FindConfigMap } from "./create-rules.ts";
import { type FieldError, formatErrors, invalidValueError } from "./field-errors.ts";
import { updateErrors } from "./update-rules.ts";

const WEBHOOK = "validation.workspace.kaito.sh";
const WEBHOOK_URL =
  "https://kaito-workspace.kaito-workspace.svc:9443/validate/workspace.kaito.sh?timeout=10s";

/** KAITO's validating webhook, asked at every write of a Workspace and of its status. */
export function createWorkspaceAdmission(find: FindConfigMap): Admit {
  return (object, before) => {
    const workspace = Workspace.parse(object);
    if (workspace.inference?.adapters.some(({ source }) => !source)) throw panicked();
    const errors: FieldError[] = [];
    const problem = dnsLabelProblem(workspace.metadata.name);
    if (problem !== undefined) errors.push(invalidValueError(problem, "name"));
    errors.push(
      ...(before
        ? updateErrors(workspace, Workspace.parse(before))
        : createErrors(workspace, find)),
    );
    if (errors.length === 0) return;
    throw badRequest(
      `admission webhook "${WEBHOOK}" denied the request: validation failed: ${formatErrors(errors)}`,
    );
  };
}

/** kaito: workspace_validation.go:919 dereferences the source before it is checked. */
function panicked(): Error {
  return internalError(
    `failed calling webhook "${WEBHOOK}": failed to call webhook: Post "${WEBHOOK_URL}": EOF`,
  );
}
