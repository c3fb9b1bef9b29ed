/** The first of the user's languages that a page speaks; English otherwise. Also told to the document. */
export function pickLanguage<T>(
  languages: Readonly<Record<string, T>> & { readonly en: T },
  wanted: readonly string[] = navigator.languages,
): { readonly texts: T; readonly format: string } {
  const language = wanted.map((tag) => tag.split('-')[0] ?? '').find((candidate) => Object.hasOwn(languages, candidate)) ?? 'en';
  document.documentElement.lang = language;
  return { texts: languages[language] ?? languages.en, format: wanted.find((tag) => tag.split('-')[0] === language) ?? language };
}
