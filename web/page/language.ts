/** Where the browser keeps the language that its user has chosen. */
const CHOICE = 'tidegate-language';

/** Languages that the pages speak, by their own names. */
export const LANGUAGES = { de: 'Deutsch', en: 'English' } as const;

/** What a page says, in which language, and the tag by which it formats dates and numbers: the user's region, where the language fits. */
export interface PickedLanguage<T, L extends string> {
  readonly language: L;
  readonly texts: T;
  readonly format: string;
}

/** The language that was chosen here, else the first of the user's languages that a page speaks; English otherwise. Also told to the document. */
export function pickLanguage<T, L extends string = 'de' | 'en'>(
  languages: Readonly<Record<L | 'en', T>>,
  wanted: readonly string[] = navigator.languages,
): PickedLanguage<T, L | 'en'> {
  const isSpoken = (name: string | null | undefined): name is L | 'en' => name != null && Object.hasOwn(languages, name);
  const chosen = localStorage.getItem(CHOICE);
  const language = isSpoken(chosen) ? chosen : (wanted.map((tag) => tag.split('-')[0]).find(isSpoken) ?? 'en');
  document.documentElement.lang = language;
  return { language, texts: languages[language], format: wanted.find((tag) => tag.split('-')[0] === language) ?? language };
}

/** Speaks another language from now on; the page is loaded anew, since its words stand everywhere. */
export function chooseLanguage(chosen: string): void {
  localStorage.setItem(CHOICE, chosen);
  location.reload();
}
