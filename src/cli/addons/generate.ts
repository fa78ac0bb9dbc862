/**
 * Writes `src/scenario/addons/addons.generated.ts`: the objects of the bundled add-ons, so that opening a lab does not have to read their
 * YAML. Run after a change of that YAML: `npx tsx src/cli/addons/generate.ts`. The result is committed; a test tells when it is stale.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileAddons } from './compile.ts'

writeFileSync(fileURLToPath(new URL('../../scenario/addons/addons.generated.ts', import.meta.url)), compileAddons())
