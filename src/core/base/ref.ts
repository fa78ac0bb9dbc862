/** Names an API object: `Service/default/web`, or `Node/node1` where the kind has no namespace. */
export type ObjectRef = string

export const objectRef = (kind: string, namespace: string | undefined, name: string): ObjectRef =>
  namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`

export function splitRef(ref: ObjectRef): { kind: string; namespace: string | undefined; name: string } {
  const parts = ref.split('/')
  return parts.length > 2
    ? { kind: parts[0]!, namespace: parts[1], name: parts.slice(2).join('/') }
    : { kind: parts[0]!, namespace: undefined, name: parts[1] ?? '' }
}
