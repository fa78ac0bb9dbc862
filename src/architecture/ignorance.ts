import { isTest, unitOf } from './imports.ts'
import { place, type Source, walk } from './source.ts'

const NAMES = /kube|flannel|calico|cilium|endpoint_?slice/i
/** `pod`, `podCidr`, `hostPods`, but not `tripod` or `podium`. */
const POD = /(?:^|[^a-zA-Z])pods?(?![a-z])|Pods?(?![a-z])/

/** Where a layer names what it must not know. Comments are free to say for whom a thing is useful. */
export function forbiddenKnowledge(source: Source): string[] {
  const unit = unitOf(source.file)
  if (isTest(source.file) || unit?.rule.mustNotKnow !== 'Kubernetes') return []
  const found: string[] = []
  for (const [node] of walk(source.program)) {
    const word = node.type === 'Identifier' ? node['name'] : node.type === 'Literal' ? node['value'] : null
    if (typeof word !== 'string' || !(NAMES.test(word) || POD.test(word))) continue
    found.push(`${place(source, node.start)}: '${word}': ${unit.folder} does not know that Kubernetes exists`)
  }
  return found
}
