/** Names of one script, so that given and family names of a person go together. */
interface NamesOfScript {
  readonly given: readonly string[];
  readonly family: readonly string[];
}

/** Invented people of several scripts. Each list has eight names; the Latin ones come first and most often. */
export const NAMES: readonly NamesOfScript[] = [
  {
    given: ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Grace', 'Henry'],
    family: ['Ashdown', 'Birkett', 'Calloway', 'Denholm', 'Ellery', 'Fairburn', 'Garrick', 'Hollis'],
  },
  {
    given: ['Zoë', 'Jörg', 'Mária', 'Łukasz', 'Søren', 'Inês', 'Çağla', 'Håkon'],
    family: ['Müller-Lüdenscheidt', 'Ångström', 'Dvořáková', 'Wójcik', 'Østergård', 'Conceição', 'Yıldız', "O'Shaughnessy"],
  },
  {
    given: ['Ελένη', 'Νίκος', 'Μαρία', 'Γιώργος', 'Σοφία', 'Κώστας', 'Άννα', 'Πέτρος'],
    family: ['Παπαδάκη', 'Νικολάου', 'Αλεξίου', 'Δημητρίου', 'Ιωάννου', 'Κωνσταντίνου', 'Βασιλείου', 'Θεοδώρου'],
  },
  {
    given: ['Ольга', 'Иван', 'Мария', 'Сергій', 'Ганна', 'Борис', 'Їванна', 'Пётр'],
    family: ['Иваненко', 'Петренко', 'Соловей', 'Гончар', 'Мельник', 'Берёзка', 'Шевчук', 'Ткач'],
  },
  {
    given: ['花子', '太郎', '美咲', '健太', 'さくら', '大輔', '陽子', '誠'],
    family: ['山田', '佐藤', '鈴木', '髙橋', '渡邉', '小林', '森', '青木'],
  },
  {
    given: ['伟', '芳', '秀英', '娜', '敏', '静', '丽', '强'],
    family: ['王', '李', '张', '刘', '陈', '杨', '𠮷田', '欧阳'],
  },
  {
    given: ['ليلى', 'عمر', 'فاطمة', 'يوسف', 'نور', 'سامي', 'هالة', 'زياد'],
    family: ['المصري', 'حداد', 'النجار', 'القاسم', 'خوري', 'الحسن', 'صباغ', 'منصور'],
  },
  {
    given: ['अनिता', 'राजेश', 'सुनीता', 'विक्रम', 'प्रिया', 'अर्जुन', 'कविता', 'मोहन'],
    family: ['शर्मा', 'वर्मा', 'गुप्ता', 'पटेल', 'जोशी', 'मेहता', 'नायर', 'रेड्डी'],
  },
];

/** Of each 20 contacts, which list of names they take: most are Latin. */
export const SCRIPT_OF_TWENTY: readonly number[] = [0, 0, 1, 0, 2, 0, 1, 3, 0, 0, 4, 1, 0, 5, 0, 6, 1, 0, 7, 0];

/** Invented companies, one an account. */
export const COMPANIES: readonly string[] = [
  'Alder & Finch',
  'Bright Harbour Logistics',
  'Copperfield Tools',
  'Dovetail Joinery',
  'Eastgate Clinics',
  'Fernhill Dairy',
  'Granite Peak Outdoors',
  'Hazelwood Print',
  'Ironbridge Castings',
  'Juniper Analytics',
  'Kestrel Aviation',
  'Larkspur Gardens',
  'Millpond Brewing',
  'Northlight Studios',
  'Oakmoor Insurance',
  'Plumbline Surveyors',
  'Quayside Foods',
  'Redshank Marine',
  'Silverbirch Schools',
  'Tern Island Ferries',
  'Umbra Optics',
  'Vale Cycle Works',
  'Wren Textiles',
  'Yarrow Pharmacies',
  'Zephyr Wind Energy',
];
