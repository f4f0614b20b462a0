using Shop.Catalog.Products;

namespace Shop.Tests.Unit.Catalog;

public class SearchQueryTests
{
    [Theory]
    [InlineData("moka", "'moka':*")]
    [InlineData("  Stovetop   MOKA ", "'stovetop':* & 'moka':*")]
    [InlineData("No. 2", "'no':* & '2'")]
    [InlineData("café crème", "'café':* & 'crème':*")]
    [InlineData("咖啡", "'咖啡':*")]
    [InlineData("茶", "'茶':*")]
    [InlineData("pan pan PAN", "'pan':*")]
    [InlineData("back & b | !c", "'back':* & 'b' & 'c'")]
    [InlineData("'quoted':*A", "'quoted':* & 'a'")]
    [InlineData("back\\slash <-> (x)", "'back':* & 'slash':* & 'x'")]
    [InlineData("nul\0byte", "'nul':* & 'byte':*")]
    public void Each_word_of_a_search_text_becomes_a_prefix_match(string text, string query)
    {
        Assert.Equal(query, SearchQuery.Parse(text)!.Words);
        Assert.Equal(query, SearchQuery.Parse(text)!.Stems);
    }

    [Theory]
    [InlineData("a", "'=a'")]
    [InlineData("A b", "'=a' & '=b'")]
    [InlineData("3.5", "'=3' & '=5'")]
    [InlineData("e\u0301", "'=e\u0301'")]
    [InlineData("☕", "'=☕'")]
    public void Single_letters_alone_are_searched_for_in_names_and_categories(string text, string query)
    {
        Assert.Equal(query, SearchQuery.Parse(text)!.Words);
        Assert.Equal("", SearchQuery.Parse(text)!.Stems);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\0\u0001")]
    [InlineData("\u00AD\u200D\u200B")]
    public void Search_text_without_visible_characters_is_no_search(string? text) =>
        Assert.Null(SearchQuery.Parse(text));

    [Fact]
    public void Search_uses_at_most_ten_words() =>
        Assert.Equal(9, SearchQuery.Parse(string.Join(' ', Enumerable.Range(0, 50)))!.Words.Count(c => c == '&'));
}
