import { decodeShare } from '../scenario/share/share.ts'
import { isLink } from './early.ts'
import { pictureOf } from './pictures.ts'
import type { Prospect } from './state/session.ts'

/** What the link with which the page was opened will show, where the build knows it already. The worker is on its way by now. */
export const prospect: Promise<Prospect | null> = isLink(location.hash)
  ? prospectOf(location.hash)
  : Promise.resolve(null)

async function prospectOf(fragment: string): Promise<Prospect | null> {
  const shared = decodeShare(fragment)
  if (!shared.ok) return null
  const picture = await pictureOf(shared.value.text)
  return picture && { picture, cursor: shared.value.cursor ?? picture.answer.cursor }
}
