using Shop.Telemetry.Journeys;

namespace Shop.Tests.Unit.ServiceDefaults.Journeys;

public sealed class RequestIdTests
{
    [Theory]
    [InlineData("4f1c-A.b_9:z")]
    [InlineData("x")]
    public void A_plain_id_is_taken_as_it_is(string id) => Assert.Equal(id, RequestIds.Accept(id));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a\r\nSet-Cookie: x=1")]
    [InlineData("<script>")]
    [InlineData("\u00e4")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Anything_else_is_replaced(string? id)
    {
        var accepted = RequestIds.Accept(id);

        Assert.Matches("^[0-9a-f]{32}$", accepted);
        Assert.NotEqual(accepted, RequestIds.Accept(id));
    }
}
