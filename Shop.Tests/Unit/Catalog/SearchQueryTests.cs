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
    public void Words_are_found_by_their_beginnings_and_nothing_else_counts(string typed, string query) =>
        Assert.Equal(query, SearchQuery.Parse(typed)!.Text);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("!?&|:*'\"\\()<->")]
    [InlineData("🙂")]
    public void Where_there_is_no_word_there_is_no_search(string typed) =>
        Assert.Null(SearchQuery.Parse(typed));

    [Fact]
    public void More_than_ten_words_are_too_many() =>
        Assert.Equal(9, SearchQuery.Parse(string.Join(' ', Enumerable.Range(0, 50)))!.Text.Count(c => c == '&'));
}
