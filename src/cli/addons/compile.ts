import { parseManifest } from '../../manifest/parse.ts'
import { addonManifests } from '../../scenario/addons/addons.ts'
import { SAMPLE } from '../../scenario/addons/objects.ts'
import { ADDON_NAMES, type ClusterSpec } from '../../scenario/types.ts'

/** The objects of every add-on for a cluster, read out of its YAML. */
export const readAddons = (cluster: ClusterSpec) =>
  ADDON_NAMES.map((name) => {
    const { documents, diagnostics } = parseManifest(addonManifests(name, cluster).text)
    const [problem] = diagnostics
    if (problem) throw new Error(`${name}: ${problem.message}`)
    const objects = documents.flatMap(({ ref, object }) => (ref && object ? [{ ref, object }] : []))
    return { name, objects }
  })

/** The text of `src/scenario/addons/addons.generated.ts`. */
export function compileAddons(): string {
  const lines = readAddons(SAMPLE).map(({ name, objects }) => {
    const json = JSON.stringify(objects).replaceAll('\\', '\\\\').replaceAll("'", "\\'")
    return `  '${name}': '${json}',\n`
  })
  return `// Written by src/cli/addons/generate.ts out of the YAML in this folder, for the cluster SAMPLE of objects.ts.\nexport const ADDON_JSON = {\n${lines.join('')}} as const\n`
}
