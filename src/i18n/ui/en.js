import { english } from '../catalogue.ts';
/** Words of the workbench: buttons, tabs, empty panels, dialogs. */
export const uiEn = english({
    language: 'Language',
    'language-name': 'English',
});
