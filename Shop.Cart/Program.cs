using Shop.Cart.Carts;
using Shop.Cart.Checkout;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddCriticalRoute("checkout", route: "/checkout$", @event: @"^checkout\.");
builder.AddCarts();
builder.AddCheckout();
builder.AddPersonalData();
builder.AddMessaging(messages => messages.Consume<OrderConfirmedConsumer>());
builder.Services.AddValidation(); // here, since its generator looks into the project that calls it
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapOpenApi();
app.MapCarts();
app.MapCheckout();
app.Run();
