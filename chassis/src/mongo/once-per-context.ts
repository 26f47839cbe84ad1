/** Makes something once for each context, when it is first asked for. */
export function oncePerContext<Made>(make: (context: string) => Made): (context: string) => Made {
  const all = new Map<string, Made>();
  return (context) => {
    const known = all.get(context);
    if (known !== undefined) return known;
    const made = make(context);
    all.set(context, made);
    return made;
  };
}
