using System.Text;
using CsCheck;
using Shop.Catalog.Products;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Catalog;

public class SearchWordsTests
{
    [Theory]
    [InlineData("AC/DC cable", "ac|dc|cable")]
    [InlineData("Cable 3.5 mm", "cable|3|5|mm")]
    [InlineData("3-6 people", "3|6|people")]
    [InlineData("Wi-Fi 802.11ax", "wi|fi|802|11ax")]
    [InlineData("ada@example.org", "ada|example|org")]
    [InlineData("http://example.org/a?b=c", "http|example|org|a|b|c")]
    [InlineData("Baker's dozen", "baker|s|dozen")]
    [InlineData("C++ & C#", "c|c")]
    [InlineData("हिन्दी किताब", "हिन्दी|किताब")]
    [InlineData("ภาษาไทย", "ภาษาไทย")]
    [InlineData("𠮷野家", "𠮷野家")]
    [InlineData("Cafe\u0301", "cafe\u0301")]
    [InlineData("ΟΔΟΣ οδός", "οδοσ|οδόσ")]
    [InlineData("co\u00ADop\u200Derate", "cooperate")]
    [InlineData("one\u200Btwo", "one|two")]
    [InlineData("☕\uFE0F mug", "☕|mug")]
    [InlineData("Cable™", "cable|™")]
    [InlineData("a=\u0338b", "a|b")]
    [InlineData("\u0301 x", "x")]
    [InlineData("!!", "#21.21")]
    [InlineData("!! ?", "#21.21.3f")]
    [InlineData("€", "#20ac")]
    [InlineData("x\uD800y", "x|y")]
    [InlineData(" ", "")]
    public void Text_is_split_at_everything_that_is_not_a_letter_or_a_digit(string text, string words) =>
        Assert.Equal(words, string.Join('|', SearchWords.Split(text)));

    [Theory]
    [InlineData("a", true)]
    [InlineData("é", true)]
    [InlineData("e\u0301\u0302", true)]
    [InlineData("7", true)]
    [InlineData("☕", true)]
    [InlineData("ab", false)]
    [InlineData("茶", false)]
    [InlineData("가", false)]
    [InlineData("🙂", false)]
    [InlineData("#21", false)]
    public void Single_characters_are_recognized(string word, bool expected) =>
        Assert.Equal(expected, SearchWords.IsSingleCharacter(word));

    [Fact]
    public void Word_is_not_longer_than_the_index_allows()
    {
        var word = Assert.Single(SearchWords.Split(new string('咖', 2000)));
        Assert.Equal(word, Assert.Single(SearchWords.Split(new string('咖', 200))));
        Assert.InRange(Encoding.UTF8.GetByteCount(Assert.Single(SearchWords.Split(new string('ﷺ', 100)))) * 11, 1, 2046);
    }

    [Fact]
    public void Name_is_found_by_itself_and_by_each_of_its_words() => ProductNames.Any.Sample(name =>
    {
        Assert.True(Finds(name, name), $"{name} by itself");
        foreach (var word in ProductNames.WordsOf(name))
        {
            Assert.True(Finds(word, name), $"{name} by {word}");
            Assert.True(Finds(word.ToUpperInvariant(), name), $"{name} by {word} in upper case");
        }
    });

    [Fact]
    public void Words_have_no_characters_with_a_meaning_in_a_query() => Gen.String.Sample(text =>
        Assert.All(SearchWords.Split(text), word =>
            Assert.DoesNotContain(word, c => c is '\'' or '\\' || char.IsWhiteSpace(c) || char.IsControl(c))));

    [Fact]
    public void Words_of_two_texts_are_the_words_of_both() => Gen.Select(ProductNames.Any, ProductNames.Any).Sample((first, second) =>
    {
        var together = SearchWords.Split($"{first} {second}");
        Assert.Empty(SearchWords.Split(first).Concat(SearchWords.Split(second)).Where(word => word[0] != '#').Except(together));
    });

    // As the index does: all words of the search, each as the prefix of a word of the name, and single characters as a whole word.
    private static bool Finds(string search, string name)
    {
        var words = SearchWords.Split(name);
        return SearchWords.Split(search).Take(10).All(searched =>
            words.Any(word => word == searched
                || (!SearchWords.IsSingleCharacter(searched) && word.StartsWith(searched, StringComparison.Ordinal))));
    }
}
