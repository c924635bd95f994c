import { RESOURCES, VERBS } from "../resources/all-resources.ts";
import type { Resource } from "../resource.ts";
import { REVIEW_RESOURCES } from "./reviews.ts";

interface Group {
  readonly name: string;
  readonly version: string;
}

const GROUPS: readonly Group[] = [
  ...new Map(
    [...RESOURCES, ...REVIEW_RESOURCES].map(({ group, version }) => [
      group,
      { name: group, version },
    ]),
  ).values(),
].filter(({ name }) => name !== "");

/** The documents by which clients learn what there is; undefined for another path. */
export function discoveryDocument(path: string): object | undefined {
  if (path === "/api") {
    return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  }
  if (path === "/apis") {
    return { kind: "APIGroupList", apiVersion: "v1", groups: GROUPS.map(describeGroup) };
  }
  if (path === "/api/v1") return resourceList("", "v1");
  const [, name, version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const group = GROUPS.find((each) => each.name === name);
  if (!group) return undefined;
  if (version === undefined) {
    return { kind: "APIGroup", apiVersion: "v1", ...describeGroup(group) };
  }
  return version === group.version ? resourceList(group.name, version) : undefined;
}

function describeGroup({ name, version }: Group): object {
  const entry = { groupVersion: `${name}/${version}`, version };
  return { name, versions: [entry], preferredVersion: entry };
}

function resourceList(group: string, version: string): object {
  const own = RESOURCES.filter((each) => each.group === group && each.version === version);
  const reviews = REVIEW_RESOURCES.filter((each) => each.group === group);
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources: [
      ...own.flatMap(describeResource),
      ...reviews.map(({ plural, kind }) => ({
        name: plural,
        singularName: kind.toLowerCase(),
        namespaced: false,
        kind,
        verbs: ["create"],
      })),
    ],
  };
}

const SUBRESOURCE_VERBS: Readonly<Record<string, readonly string[]>> = {
  log: ["get"],
  proxy: ["create", "delete", "get", "patch", "update"],
  status: ["get", "patch", "update"],
};

function describeResource(resource: Resource): object[] {
  const { plural, singular, namespaced, kind, shortNames, categories, subresources } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: VERBS,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    },
    ...subresources.flatMap((name) => {
      const verbs = SUBRESOURCE_VERBS[name];
      return verbs
        ? [{ name: `${plural}/${name}`, singularName: "", namespaced, kind, verbs }]
        : [];
    }),
  ];
}
