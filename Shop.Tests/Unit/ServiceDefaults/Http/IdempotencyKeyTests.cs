using Shop.Web.Http;

namespace Shop.Tests.Unit.ServiceDefaults.Http;

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
    public void A_key_is_visible_ASCII(string? key, bool good)
    {
        Assert.Equal(good, IdempotencyKey.TryValidate(key, out var refusal));
        Assert.Equal(good, refusal is null);
    }

    [Fact]
    public void A_key_has_at_most_128_characters()
    {
        Assert.True(IdempotencyKey.TryValidate(new string('k', 128), out _));
        Assert.False(IdempotencyKey.TryValidate(new string('k', 129), out var refusal));
        Assert.Equal([IdempotencyKey.Header], refusal.ProblemDetails.Errors.Keys);
    }
}
