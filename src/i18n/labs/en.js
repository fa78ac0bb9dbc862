import { english } from '../catalogue.ts';
/** Words around the list of bundled labs. Their titles and summaries are in `public/labs/index.json`, both languages side by side. */
export const labsEn = english({
    heading: 'Labs',
    open: 'Open {title}',
    running: '{title} is running.',
    unavailable: 'The list of labs could not be read: {detail}',
    machines: { one: '{n} machine', other: '{n} machines' },
});
