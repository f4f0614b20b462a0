using Shop.Telemetry.Journeys;

namespace Shop.Tests.Unit.Telemetry.Journeys;

public sealed class RequestIdTests
{
    [Theory]
    [InlineData("4f1c-A.b_9:z")]
    [InlineData("x")]
    public void Valid_inbound_id_is_accepted(string id) => Assert.Equal(id, RequestId.AcceptOrCreate(id));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a\r\nSet-Cookie: x=1")]
    [InlineData("<script>")]
    [InlineData("\u00e4")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Invalid_inbound_id_is_replaced(string? id)
    {
        var accepted = RequestId.AcceptOrCreate(id);

        Assert.Matches("^[0-9a-f]{32}$", accepted);
        Assert.NotEqual(accepted, RequestId.AcceptOrCreate(id));
    }
}
