import { english } from '../catalogue.ts'

/** Why a share link does not open. Keys are `share-` and the codes of `scenario/share.ts`. */
export const shareErrorsEn = english({
  'share-empty': 'The link carries no lab.',
  'share-not-a-link': 'The part of the link after # is not a Hopscope lab.',
  'share-characters': 'The link is damaged: it has a character that no Hopscope link has, at position {position}.',
  'share-truncated': 'The link is cut off. Copy the whole of it; some programs shorten long links.',
  'share-checksum': 'The link is damaged: its checksum does not fit its content.',
  'share-too-large': 'The link holds more than {limit} bytes, which no lab does. It was not opened.',
  'share-future-version':
    'The link was made by a newer Hopscope (link format {version}; this one reads up to {known}).',
  'share-not-a-lab': 'The link holds a text, but that text is not a lab.',
})
