using Shop.Web.Http;

namespace Shop.Tests.Unit.Web;

public class IdempotencyKeyTests
{
    [Theory]
    [InlineData("k", true)]
    [InlineData("5f0d9c1e-7a3b-4a52-9d3e-1b2c3d4e5f60", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("ä", false)]
    [InlineData(null, false)]
    public void Key_consists_of_visible_ASCII_characters(string? key, bool valid)
    {
        Assert.Equal(valid, IdempotencyKey.TryValidate(key, out var problem));
        Assert.Equal(valid, problem is null);
    }

    [Fact]
    public void Key_has_at_most_128_characters()
    {
        Assert.True(IdempotencyKey.TryValidate(new string('k', 128), out _));
        Assert.False(IdempotencyKey.TryValidate(new string('k', 129), out var problem));
        Assert.Equal([IdempotencyKey.Header], problem.ProblemDetails.Errors.Keys);
    }
}
