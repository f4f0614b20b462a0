using System.Globalization;
using System.Text;
using CsCheck;

namespace Shop.Tests.Support;

/// <summary>Generates valid names of products: words of many scripts, separated by white space and signs.</summary>
internal static class ProductNames
{
    private const int MaxLength = 100;

    private static readonly string[] _words =
    [
        "Cable", "mm", "X", "A", "three", "the", "USB", "crème", "cre\u0300me", "Ångström", "A\u030Angstro\u0308m", "straße", "İstanbul",
        "ıslak", "naïve", "Œuvre", "ﬁlter", "Ｆｕｌｌ", "𝐁𝐨𝐥𝐝", "чай", "й", "Ёлка", "οδός", "ΟΔΟΣ", "Σ", "قهوة", "پنیر‌تازه", "שלום",
        "हिन्दी", "किताब", "ক", "ภาษาไทย", "ខ្មែរ", "茶", "茶杯", "𠮷野家", "コーヒー", "ｶﾞﾗｽ", "か\u3099", "한국", "\u1112\u1161\u11AB",
        "𐐀𐐨", "☕", "🙂", "👩‍🍳", "❤️", "№",
        "3", "35", "007", "٣٤", "１２", "½", "²", "Ⅳ", "①", "1e5", "0x1F", "802", "v2", "ﷺ", "㎏",
    ];

    private static readonly string[] _separators =
    [
        " ", " ", " ", "  ", "/", ".", "-", ", ", "'", "’", " & ", "+", "@", ":", "://", "_", "\\", "(", ") ", "#", "%", "™", "·", "…",
        "\u00A0", "€", "~",
    ];

    private static readonly Gen<string> _composed = Gen.Select(
        Gen.OneOf(_words).Array[1, 6], Gen.OneOf(_separators).Array[7], Gen.Bool, Gen.Bool, Join);

    // Any characters, with many that are rare in names.
    private static readonly Gen<string> _any = Gen.Char.Array[1, 40].Select(characters => Clean(new string(characters)));

    // No letter or digit at all.
    private static readonly Gen<string> _signs = Gen.OneOf("!", "?", "+", "-", "€", "&", " ", "…", "'", "\\").Array[1, 5]
        .Select(signs => Clean(string.Concat(signs)));

    /// <summary>Names that the catalog accepts.</summary>
    public static Gen<string> Any { get; } = Gen.Frequency((8, _composed), (2, _any), (1, _signs)).Where(name => name.Length > 0);

    /// <summary>
    /// The words of a name as a reader sees them: the parts between white space, and within them the runs of letters, digits, marks and
    /// invisible characters.
    /// </summary>
    public static IEnumerable<string> WordsOf(string name)
    {
        foreach (var part in name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var runs = new List<StringBuilder> { new() };
            foreach (var rune in part.EnumerateRunes())
            {
                if (IsOfWord(rune))
                {
                    runs[^1].Append(rune.ToString());
                }
                else
                {
                    runs.Add(new());
                }
            }

            var words = runs.Select(run => run.ToString()).Where(run => run.EnumerateRunes().Any(IsLetterOrDigit)).ToList();
            foreach (var word in words)
            {
                yield return word;
            }

            if (words.Count > 0)
            {
                yield return part;
            }
        }
    }

    private static string Join(string[] words, string[] separators, bool first, bool last)
    {
        var name = new StringBuilder(first ? separators[^1] : "");
        for (var i = 0; i < words.Length; i++)
        {
            name.Append(words[i]).Append(i < words.Length - 1 || last ? separators[i] : "");
        }

        return Clean(name.ToString());
    }

    // The catalog rejects control characters and blank names; JSON cannot carry half of a surrogate pair.
    private static string Clean(string text)
    {
        var name = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsControl(rune) && rune.Value != 0xFFFD && name.Length + rune.Utf16SequenceLength <= MaxLength)
            {
                name.Append(rune.ToString());
            }
        }

        return string.IsNullOrWhiteSpace(name.ToString()) || name.ToString().EnumerateRunes().All(IsInvisible) ? "" : name.ToString();
    }

    private static bool IsOfWord(Rune rune) => IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format; // invisible: a reader does not see two words

    private static bool IsLetterOrDigit(Rune rune) => Rune.IsLetter(rune) || Rune.IsNumber(rune);

    private static bool IsInvisible(Rune rune) => Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
