using System.Globalization;
using System.Text;

namespace Shop.Catalog.Products;

/// <summary>
/// Splits texts into words. Products and searches are split here alike, so a product is found by its own texts. PostgreSQL's parser would
/// split them by rules of its own, which depend on the locale of the database.
/// </summary>
/// <remarks>
/// A word is a run of letters and digits of any script with their marks, or a symbol such as an emoji. All other characters separate
/// words. The SQL functions of <see cref="SearchIndex"/> bring words to one Unicode form, because this service runs without the Unicode
/// data for it (<c>InvariantGlobalization</c>). After a change of this class or of the functions, increment <see cref="Version"/>.
/// </remarks>
internal static class SearchWords
{
    /// <summary>
    /// The version of the rules. Search vectors of an earlier version are updated at the start. Its change needs a migration, because an
    /// index contains it.
    /// </summary>
    public const int Version = 1;

    // PostgreSQL's limit for a word is 2046 bytes, and a character can become 33 bytes in another Unicode form.
    private const int MaxWordLength = 40;

    // East Asian scripts, whose characters are syllables or words, begin here.
    private const int FirstEastAsianCharacter = 0x2E80;

    private const int ZeroWidthSpace = 0x200B;
    private const int ReplacementCharacter = 0xFFFD;

    /// <summary>
    /// Returns the words of a text in lower case. A text of punctuation alone is one word, in a form that no other text has. No word
    /// contains a quotation mark or a backslash.
    /// </summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        var signs = new List<string>();
        var word = new StringBuilder();
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            switch (Classify(rune))
            {
                case CharacterKind.Ignored:
                    break;
                case CharacterKind.Word:
                case CharacterKind.Mark when length > 0:
                    if (length++ < MaxWordLength)
                    {
                        word.Append(rune.ToString());
                    }

                    break;
                case CharacterKind.Symbol:
                    EndWord();
                    words.Add(rune.ToString());
                    break;
                case CharacterKind.Sign:
                    EndWord();
                    signs.Add(rune.Value.ToString("x", CultureInfo.InvariantCulture));
                    break;
                default:
                    EndWord();
                    break;
            }
        }

        EndWord();
        return words.Count > 0 || signs.Count == 0 ? words : [$"#{string.Join('.', signs.Take(MaxWordLength))}"];

        void EndWord()
        {
            if (length > 0)
            {
                // Both ways, because some letters have two lower case forms: the sigma at the end of a Greek word.
                words.Add(word.ToString().ToUpperInvariant().ToLowerInvariant());
                word.Clear();
                length = 0;
            }
        }
    }

    /// <summary>
    /// Whether a word is a single letter, digit or symbol, with or without marks. Such a word begins many others. A character of an East
    /// Asian script is not one, because it begins few.
    /// </summary>
    public static bool IsSingleCharacter(string word) =>
        Rune.GetRuneAt(word, 0).Value < FirstEastAsianCharacter && word.EnumerateRunes().Skip(1).All(IsMark);

    private static bool IsMark(Rune rune) => Classify(rune) is CharacterKind.Mark;

    private static CharacterKind Classify(Rune rune) => rune.Value switch
    {
        ZeroWidthSpace or ReplacementCharacter => CharacterKind.Separator,
        // Variation selectors choose a glyph.
        (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF) => CharacterKind.Ignored,
        _ => Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Word,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterKind.Mark,
            UnicodeCategory.OtherSymbol => CharacterKind.Symbol,
            // Soft hyphens and joiners are invisible.
            UnicodeCategory.Format => CharacterKind.Ignored,
            UnicodeCategory.Control or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
                or UnicodeCategory.Surrogate => CharacterKind.Separator,
            _ => CharacterKind.Sign,
        },
    };

    private enum CharacterKind
    {
        /// <summary>Letters and digits.</summary>
        Word,

        /// <summary>Continues a word.</summary>
        Mark,

        /// <summary>A word of its own.</summary>
        Symbol,

        /// <summary>Punctuation, and signs of mathematics and currencies. It separates words.</summary>
        Sign,

        /// <summary>White space and what is not a character.</summary>
        Separator,

        /// <summary>Neither belongs to a word nor separates words.</summary>
        Ignored,
    }
}
