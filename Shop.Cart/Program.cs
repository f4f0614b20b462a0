using Shop.Cart.Carts;
using Shop.Cart.Checkout;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddCarts();
builder.AddCheckout();
builder.AddPersonalData();
builder.AddMessaging(messages => messages.Consume<OrderConfirmedConsumer>());
// The call must be in this project: the source generator of AddValidation only discovers types of the project that contains the call.
builder.Services.AddValidation();
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapOpenApi();
app.MapCarts();
app.MapCheckout();
app.Run();
