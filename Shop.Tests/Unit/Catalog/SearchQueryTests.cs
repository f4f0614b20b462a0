using Shop.Catalog.Products;

namespace Shop.Tests.Unit.Catalog;

public class SearchQueryTests
{
    [Theory]
    [InlineData("moka", "'moka':*")]
    [InlineData("  Stovetop   MOKA ", "'stovetop':* & 'moka':*")]
    [InlineData("No. 2", "'no':* & '2':*")]
    [InlineData("café crème", "'café':* & 'crème':*")]
    [InlineData("咖啡", "'咖啡':*")]
    [InlineData("pan pan PAN", "'pan':*")]
    [InlineData("a & b | !c", "'a':* & 'b':* & 'c':*")]
    [InlineData("'quoted':*A", "'quoted':* & 'a':*")]
    [InlineData("back\\slash <-> (x)", "'back':* & 'slash':* & 'x':*")]
    [InlineData("nul\0byte", "'nul':* & 'byte':*")]
    public void Each_word_of_a_search_text_becomes_a_prefix_match(string text, string query) =>
        Assert.Equal(query, SearchQuery.Parse(text)!.Text);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("!?&|:*'\"\\()<->")]
    [InlineData("🙂")]
    public void Search_text_without_words_is_no_search(string? text) =>
        Assert.Null(SearchQuery.Parse(text));

    [Fact]
    public void Search_uses_at_most_ten_words() =>
        Assert.Equal(9, SearchQuery.Parse(string.Join(' ', Enumerable.Range(0, 50)))!.Text.Count(c => c == '&'));
}
