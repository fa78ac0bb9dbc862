const HOLE = /\{([^{}]*)\}/g;
/** The names of a message's holes, sorted; for checks. */
export function holesOf(message) {
    const names = new Set(typeof message === 'string' ? [] : ['n']);
    const forms = typeof message === 'string' ? [message] : Object.values(message);
    for (const form of forms)
        for (const match of form.matchAll(HOLE))
            names.add(match[1]);
    return [...names].sort();
}
/** Fills the holes. A hole without a parameter stays visible as `{name}`, so that a mistake is seen and nothing throws. */
export function render(message, params, plural, number) {
    const count = Object.hasOwn(params, 'n') ? params['n'] : undefined;
    const text = typeof message === 'string' ? message : chooseForm(message, count, plural);
    return text.replace(HOLE, (hole, name) => {
        if (!Object.hasOwn(params, name))
            return hole;
        const value = params[name];
        return name === 'n' && typeof value === 'number' ? number.format(value) : String(value);
    });
}
function chooseForm(message, count, plural) {
    if (typeof count !== 'number')
        return message.other;
    return message[plural.select(count)] ?? message.other;
}
