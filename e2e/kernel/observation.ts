/**
 * What one side saw, in the form in which it is compared and kept: named sections of text lines. `p1/eth0 out` is a device and
 * direction; `outcomes`, `rules n1`, `conntrack n1`, `fdb n1`, `neigh n1` are the rest.
 */
export type Observation = ReadonlyMap<string, readonly string[]>

/** A golden: sections in name order, lines below their title. */
export function formatObservation(o: Observation, heading: string): string {
  const sections = [...o.keys()].sort().map((key) => `== ${key}\n${o.get(key)!.map((line) => `${line}\n`).join('')}`)
  return `# ${heading}\n${sections.join('')}`
}

export function parseObservation(text: string): { readonly heading: string; readonly observation: Observation } {
  const [first = '', ...rest] = text.trimEnd().split('\n')
  const observation = new Map<string, string[]>()
  let section: string[] = []
  for (const line of rest) {
    if (line.startsWith('== ')) observation.set(line.slice(3), (section = []))
    else section.push(line)
  }
  return { heading: first.slice(2), observation }
}
